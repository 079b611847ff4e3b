"""What a test can ask of a node, by subject; `Node` is all of it."""
