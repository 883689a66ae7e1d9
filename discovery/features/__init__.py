"""What a proxy may know of a candidate, in three stages: composition, geometry, physics.

Features are a function of the candidate alone: no label, identifier, name, DOI or measured value
can reach them, because no function here takes one.
"""
