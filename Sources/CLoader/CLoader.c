// Headers alone.
