"""What we ask of the outside, as Protocols."""
