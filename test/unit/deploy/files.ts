import { readFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.join(import.meta.dirname, '../../../deploy');

export const deployPath = (name: string): string => path.join(folder, name);
export const readDeploy = (name: string): string => readFileSync(deployPath(name), 'utf8');
