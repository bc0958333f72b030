//! The HTTP surface and the command line of Khata.
