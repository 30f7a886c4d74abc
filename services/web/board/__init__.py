"""The coordinators' room: the board, a case with its reviewers, its decision and its trail, and whether all is well."""
