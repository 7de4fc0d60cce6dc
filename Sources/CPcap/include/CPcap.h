// libpcap, loaded when it is called.
#pragma once
#include <stdio.h>
#include <pcap/pcap.h>
