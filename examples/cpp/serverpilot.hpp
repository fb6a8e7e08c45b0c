// A C++17 wrapper of serverpilot.h: what is made is freed, and what fails is thrown.
#pragma once

#include <serverpilot.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace serverpilot {

template <auto free> struct Free {
    template <class T> void operator()(T *object) const noexcept { free(object); }
};
using Config = std::unique_ptr<sp_config, Free<sp_config_free>>;
using Result = std::unique_ptr<sp_result, Free<sp_result_free>>;

struct Error : std::runtime_error {
    sp_status status;
    bool retryable; // The same call may succeed later.

    Error(sp_status status, const sp_result *result)
        : std::runtime_error(std::string(sp_status_name(status)) + (result ? ": " : "")
                             + (result ? sp_result_message(result) : "")),
          status(status), retryable(result && sp_result_retryable(result)) {}
};

inline void check(sp_status status, const sp_result *result = nullptr) {
    if (status != SP_OK) throw Error(status, result);
}

class Client {
    std::unique_ptr<sp_client, Free<sp_client_free>> client;

public:
    explicit Client(const Config &config) {
        sp_client *made = nullptr;
        check(sp_client_new(config.get(), &made));
        client.reset(made);
    }

    // Any function of the ABI that gives a result: client.call(sp_sync_domain, "shop.example.org", SP_WWW_AUTO).
    template <class Function, class... Arguments> Result call(Function function, Arguments... arguments) const {
        sp_result *made = nullptr;
        sp_status status = function(client.get(), arguments..., &made);
        Result result(made); // Owned before anything is thrown.
        check(status, made);
        return result;
    }
};

} // namespace serverpilot
