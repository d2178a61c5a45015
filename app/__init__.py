"""Junheng (均衡): the tracker of a leading group's office."""
