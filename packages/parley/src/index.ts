// Lists every public name of the command line.
export { documentation as gatewayDocumentation } from './gateway/config/documentation.ts';
export { main } from './main.ts';
export type { Io } from './output.ts';
export { EXPLANATIONS } from './problems/explanations.ts';
export type { Explanation } from './problems/explanations.ts';
export { startServer } from './serve/compose.ts';
export type { ComposeOptions, RunningServer } from './serve/compose.ts';
export { readSettings } from './settings/settings.ts';
export type { ReadSettings, Settings, SettingsSources } from './settings/settings.ts';
export { listRouteRights, type RouteRight } from './serve/route-rights.ts';
