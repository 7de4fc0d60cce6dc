// The library is C++; CRE2 includes its headers itself.
