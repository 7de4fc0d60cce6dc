// Commands without a configuration need no YAML.
#include "CYAML.h"

#define CLOADER_LIBRARY "libyaml-0.so.2"
#include "CLoader.h"

FORWARD(int, yaml_parser_initialize, (yaml_parser_t * parser), parser)
FORWARD(void, yaml_parser_delete, (yaml_parser_t * parser), parser)
FORWARD(void, yaml_parser_set_encoding, (yaml_parser_t * parser, yaml_encoding_t encoding), parser, encoding)
FORWARD(void, yaml_parser_set_input_string, (yaml_parser_t * parser, const unsigned char *text, size_t length), parser, text, length)
FORWARD(int, yaml_parser_parse, (yaml_parser_t * parser, yaml_event_t *event), parser, event)
FORWARD(void, yaml_event_delete, (yaml_event_t * event), event)
