"""The cluster: scenarios, protocols by name, roles on nodes, nodes in a world, faults on both."""
