"""What every chat platform does alike: delivering, buttons. Knows no platform."""
