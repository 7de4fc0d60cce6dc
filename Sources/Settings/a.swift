public let xConfiguration = 1
