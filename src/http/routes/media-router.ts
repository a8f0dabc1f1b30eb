import type {
  CameraRegistry,
  CameraSetChange,
  ViewableCamera,
} from '../../outputs/viewable-camera.ts';
import { nearest } from '../../lib/nearest.ts';
import { methodNotAllowed, unknownCamera, type Answers } from '../answers.ts';
import type { Scope } from '../../lib/scope.ts';
import type { Exchange, MediaRequest, MediaResponse } from '../exchange.ts';
import { HlsRoutes } from './hls-routes.ts';
import type { TimeLimits } from '../listeners/listener.ts';
import { parseMediaTarget, type MediaTarget } from './media-target.ts';
import { MjpegRoute } from './mjpeg-route.ts';
import { SnapshotRoute } from './snapshot-route.ts';

/** Longest text for which a similar camera id is looked up, in characters. */
const maxGuessLength = 64;

/** Answers the hot routes before Express sees them. */
export class MediaRouter {
  readonly #registry: CameraRegistry;
  readonly #answers: Answers;
  readonly #hls: HlsRoutes;
  readonly #snapshot: SnapshotRoute;
  readonly #mjpeg: MjpegRoute;

  constructor(registry: CameraRegistry, answers: Answers, { unreadMs }: TimeLimits) {
    this.#registry = registry;
    this.#answers = answers;
    this.#hls = new HlsRoutes(answers);
    this.#snapshot = new SnapshotRoute(answers);
    this.#mjpeg = new MjpegRoute(answers, unreadMs);
    registry.subscribe((change) => this.#follow(change));
  }

  /** Whether the request is one for media; then it is answered, now or later. */
  handle(request: MediaRequest, response: MediaResponse, scope: Scope): boolean {
    const target = parseMediaTarget(request.url ?? '');
    if (target === undefined) return false;
    const startedMs = performance.now();
    const route = target.kind;
    try {
      if (request.method === 'OPTIONS') {
        this.#answers.preflight({ request, response, route, startedMs });
        return true;
      }
      if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed();
      const camera = this.#find(target.cameraId);
      this.#dispatch({ request, response, target, camera, scope, route, startedMs });
    } catch (error) {
      const id = this.#registry.find(target.cameraId)?.id;
      this.#answers.fail({ request, response, route, startedMs }, error, id);
    }
    return true;
  }

  /** Ends every held request and every stream with this reason. */
  abortAll(reason: Error): void {
    for (const route of [this.#hls, this.#snapshot, this.#mjpeg]) route.abortAll(reason);
  }

  /**
   * Viewers of a camera that is gone are told so at once. Those of a camera that has changed are handed on: MJPEG and
   * first requests wait for the new session as after an outage, and players of a playlist are told to load it again.
   */
  #follow(change: CameraSetChange): void {
    switch (change.type) {
      case 'added':
        return;
      case 'removed': {
        const { id } = change.camera;
        const reason = unknownCamera(id, suggestCamera(this.#registry, id));
        this.#mjpeg.end(change.camera, reason);
        for (const exchange of this.#withdraw(change.camera)) this.#fail(exchange, reason);
        return;
      }
      case 'changed': {
        const { camera, former } = change;
        this.#mjpeg.handOn(former, camera);
        for (const exchange of this.#withdraw(former)) {
          try {
            this.#dispatch({ ...exchange, camera });
          } catch (error) {
            this.#fail(exchange, error);
          }
        }
      }
    }
  }

  #withdraw(camera: ViewableCamera): Exchange[] {
    return [this.#hls, this.#snapshot].flatMap((route) => [...route.withdraw(camera)]);
  }

  #fail(exchange: Exchange, error: unknown): void {
    this.#answers.fail(exchange, error, exchange.camera.id);
  }

  #dispatch(exchange: Exchange): void {
    const kind: MediaTarget['kind'] = exchange.target.kind;
    switch (kind) {
      case 'index':
      case 'playlist':
      case 'media':
        this.#hls.handle(exchange);
        return;
      case 'snapshot':
        this.#snapshot.handle(exchange);
        return;
      case 'mjpeg':
        this.#mjpeg.handle(exchange);
    }
  }

  #find(id: string): ViewableCamera {
    const camera = this.#registry.find(id);
    if (camera === undefined) throw unknownCamera(id, suggestCamera(this.#registry, id));
    return camera;
  }
}

/** The id that was probably meant. */
export function suggestCamera(registry: CameraRegistry, id: string): string | undefined {
  if (id.length > maxGuessLength) return undefined;
  return nearest(
    id,
    registry.cameras.map((camera) => camera.id),
  );
}
