// libyaml, loaded when it is called.
#pragma once
#include <yaml.h>
