-- Maps one domain on a ServerPilot app, by LuaJIT's ffi; OpenResty has the same.
--
--     SP_CLIENT_ID=… SP_API_KEY=… SP_APP_ID=… luajit map_domain.lua shop.example.org
--
-- Exits with 0 if the domain is mapped, 75 if the same command may succeed later, 1 if somebody has to do something.
local ffi = require("ffi")

-- The header without conditions and attributes, which every foreign-function interface can read.
local file = assert(io.open(os.getenv("SERVERPILOT_FFI_HEADER") or "/usr/local/share/serverpilot/serverpilot-ffi.h"))
ffi.cdef((file:read("*a"):gsub("#define[^\n]*", "")))
file:close()
local sp = ffi.load(os.getenv("SERVERPILOT_LIB") or "libserverpilot.so.1")

local function fail(status, message, code)
    io.stderr:write(ffi.string(sp.sp_status_name(status)), ": ", message, "\n")
    os.exit(code or 1)
end

local function connect()
    local config = ffi.gc(sp.sp_config_new(), sp.sp_config_free)
    local client = ffi.new("sp_client *[1]")
    local function set(setter, ...)
        local status = setter(config, ...)
        if status ~= sp.SP_OK then fail(status, "set SP_CLIENT_ID, SP_API_KEY and SP_APP_ID") end
    end
    set(sp.sp_config_set_credentials, os.getenv("SP_CLIENT_ID"), os.getenv("SP_API_KEY"))
    set(sp.sp_config_set_app_id, os.getenv("SP_APP_ID"))
    -- For a test server.
    if os.getenv("SP_BASE_URL") then set(sp.sp_config_set_base_url, os.getenv("SP_BASE_URL")) end
    if os.getenv("SP_CA_FILE") then set(sp.sp_config_set_ca_file, os.getenv("SP_CA_FILE")) end
    set(sp.sp_client_new, client)
    return ffi.gc(client[0], sp.sp_client_free)
end

if #arg ~= 1 then
    io.stderr:write("usage: luajit map_domain.lua DOMAIN\n")
    os.exit(64)
end
local client = connect()
local out = ffi.new("sp_result *[1]")
local status = sp.sp_sync_domain(client, arg[1], sp.SP_WWW_AUTO, out)
-- A call that is wrong in itself has no result.
if out[0] == nil then fail(status, arg[1]) end
local result = ffi.gc(out[0], sp.sp_result_free)
local message = ffi.string(sp.sp_result_message(result))
if status ~= sp.SP_OK then
    fail(status, message, sp.sp_result_retryable(result) == 1 and 75 or 1)
end
print(message)
