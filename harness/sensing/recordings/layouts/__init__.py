"""One reader for each form of a manifest: of published sets of recordings, and of a user's own."""
