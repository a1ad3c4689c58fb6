"""The version of this code, said here and nowhere else: a release is built with this file telling its name."""

VERSION = "0.1.0"
