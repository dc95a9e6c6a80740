// For the worker suites: a module without a run.
export const walk = 1;
