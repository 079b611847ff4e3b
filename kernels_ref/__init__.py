"""The oracle: the temporal head, its weight blob and the node's packets, in numpy."""
