"""Serial ports for pyserial's `serial_for_url`: fakeboard://NAME is a board of `fake_board`."""
