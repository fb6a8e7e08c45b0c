"""Maps one domain on a ServerPilot app, by ctypes: no package is needed.

    SP_CLIENT_ID=… SP_API_KEY=… SP_APP_ID=… python3 map_domain.py shop.example.org

Exits with 0 if the domain is mapped, 75 if the same command may succeed later, 1 if somebody has to do something.
"""

import ctypes
import json
import os
import sys
from ctypes import POINTER, byref, c_char_p, c_int32, c_uint32, c_void_p

SP_OK, SP_WWW_AUTO = 0, 0

library = ctypes.CDLL(os.environ.get("SERVERPILOT_LIB", "libserverpilot.so.1"))


def function(name, result, *arguments):
    """Every function is declared: without, ctypes would cut a 64-bit pointer in half."""
    declared = getattr(library, name)
    declared.restype, declared.argtypes = result, arguments
    return declared


status_name = function("sp_status_name", c_char_p, c_int32)
config_new = function("sp_config_new", c_void_p)
config_free = function("sp_config_free", None, c_void_p)
set_credentials = function("sp_config_set_credentials", c_int32, c_void_p, c_char_p, c_char_p)
set_app_id = function("sp_config_set_app_id", c_int32, c_void_p, c_char_p)
set_base_url = function("sp_config_set_base_url", c_int32, c_void_p, c_char_p)
set_ca_file = function("sp_config_set_ca_file", c_int32, c_void_p, c_char_p)
client_new = function("sp_client_new", c_int32, c_void_p, POINTER(c_void_p))
client_free = function("sp_client_free", None, c_void_p)
sync_domain = function("sp_sync_domain", c_int32, c_void_p, c_char_p, c_uint32, POINTER(c_void_p))
result_json = function("sp_result_json", c_char_p, c_void_p)
result_free = function("sp_result_free", None, c_void_p)


def fail(status, message, code=1):
    print(f"{status_name(status).decode()}: {message}", file=sys.stderr)
    sys.exit(code)


def connect():
    config, client = config_new(), c_void_p()
    setting = os.environb.get
    status = set_credentials(config, setting(b"SP_CLIENT_ID"), setting(b"SP_API_KEY"))
    status = status or set_app_id(config, setting(b"SP_APP_ID"))
    if b"SP_BASE_URL" in os.environb:  # A test server.
        status = status or set_base_url(config, setting(b"SP_BASE_URL"))
        status = status or set_ca_file(config, setting(b"SP_CA_FILE"))
    status = status or client_new(config, byref(client))
    config_free(config)
    if status != SP_OK:
        fail(status, "set SP_CLIENT_ID, SP_API_KEY and SP_APP_ID")
    return client


if len(sys.argv) != 2:
    print("usage: map_domain.py DOMAIN", file=sys.stderr)
    sys.exit(64)
client, result = connect(), c_void_p()
status = sync_domain(client, sys.argv[1].encode(), SP_WWW_AUTO, byref(result))
# A call that is wrong in itself has no result. Else the document says everything; it ends with the result.
document = json.loads(result_json(result)) if result else {"message": sys.argv[1], "retryable": False}
result_free(result)
client_free(client)
if status != SP_OK:
    fail(status, document["message"], 75 if document["retryable"] else 1)
print(document["message"])
