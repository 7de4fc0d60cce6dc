import LabNetwork
import Model
import TestSupport

let started = Clock.now
let lab = try Lab(seed: 1)
print("up in \((Clock.now - started).seconds) s")
print(try lab.router(.edge).ask("show bgp ipv4", "show bfd peers brief"))
if CommandLine.arguments.count > 1 { Thread.sleep(.seconds(600)) }
lab.remove()
