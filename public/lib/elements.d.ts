/** The custom elements of these pages, so that `element()` and `querySelector()` know their types. */
interface HTMLElementTagNameMap {
  'camgate-player': import('../player/camgate-player.js').CamgatePlayer;
  'camera-tile': import('../wall/camera-tile.js').CameraTile;
  'copy-field': import('../camera/copy-field.js').CopyField;
}
