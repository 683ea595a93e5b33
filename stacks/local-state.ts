/** Where a state lies in the project's folder, unless a backend keeps it. It may be lost: the agent knows what is active. */
export const localStateFile = (environment: string): string => `terraform.${environment}.tfstate`;
