"""The analysis itself: indicators, areas, reference image, profiles, trees and figures.

Everything here is pure: data in, results out; no files written, no clock, no network, no state. The
analyst explores with it and the output checker runs the same code again, so a result depends on the
data and the arguments alone: never on the order of rows, on pseudonyms or on the number of threads.
"""
