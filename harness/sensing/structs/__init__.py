"""The wire structs of the sensing node, by subject. Each is defined once, with the names of the
firmware's `node_struct_list.h`."""
