import { expect, it } from 'vitest';
import { liveCamera, lockedCamera } from '../../browser/gateway/canned-status.ts';
import { pageModule, type CameraDetailsModule, type OwnViewsModule } from './page-modules.ts';

const { cameraDetails } = (await pageModule('camera/details.js')) as CameraDetailsModule;
const { OwnViews } = (await pageModule('lib/own-views.js')) as OwnViewsModule;

it('the camera page says in detail what went wrong', () => {
  const problemOf = (status: ReturnType<typeof liveCamera>): unknown =>
    Object.fromEntries(cameraDetails({ status, readAtMs: 0 }, 0, new OwnViews()))['Last problem'];
  expect(problemOf(liveCamera('a', 'A'))).toBe('none');
  expect(problemOf(lockedCamera('a', 'A'))).toBe(
    'wrong-password: the camera does not accept the user name or password',
  );
});
