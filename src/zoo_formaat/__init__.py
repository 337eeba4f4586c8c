"""The file formats in which the zones meet, read and written whole or not at all.

The zones share no state and no code of each other; they meet in files: the project file, the data package, the
request and the release bundle. What is needed on both sides of a border to read, sign and check those files is here:
canonical JSON, signatures, keys on disk, the project file, the package manifest, the event log, atomic writing, and
the error that a person sees. This package imports nothing of ours.
"""
