"""What every chat platform does alike: layout, messages, delivery, buttons. Knows no platform."""
