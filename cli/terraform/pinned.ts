/** The Terraform that is fetched where none is installed: the version that the tests run, and its published checksums. */

export interface PinnedTerraform {
  readonly version: string;
  /** SHA-256 of `terraform_<version>_<platform>.zip`, by the platform as Go names it. */
  readonly checksums: Readonly<Record<string, string>>;
}

/**
 * Windows is not among them: the provider is a script, which terraform cannot start there.
 *
 * Sources: hashicorp/homebrew-tap e67d13cedb58, Formula/terraform.rb, the maker's own, has all four. They are the same in
 * Yleisradio/homebrew-terraforms 18b7a5be54e9, Casks/terraform-1-11-4.rb (darwin), chromebrew/chromebrew,
 * packages/terraform.rb for 1.11.4 (linux_amd64), and wh1t3fox's `tempor`, TF_ZIP_HASH (all four). The last one also has the
 * SHA-256 of the program for linux_amd64, 268000fca5c6…bf7dbe23, which is that of the one that the tests run.
 */
export const pinnedTerraform: PinnedTerraform = {
  version: "1.11.4",
  checksums: {
    darwin_amd64: "a56d5002b9f7647291faccc3dd1a70350e60fb61e4c45037629508b8fdc2575b",
    darwin_arm64: "867e0808fa971217043e25b7a792b10720c79b1546f8a68479b74f138be73e18",
    linux_amd64: "1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc",
    linux_arm64: "a43d1d0da9b9bab214a8305a39db0e40869572594ccf50c416a7756499143633",
  },
};
