import ArgumentParser

// Started by `scripts/lab`, which sees to it that nothing is left behind.
LabCommand.main()
