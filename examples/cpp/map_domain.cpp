// Maps one domain on a ServerPilot app, in C++17.
//
//     c++ -std=c++17 map_domain.cpp -lserverpilot -o map_domain
//     SP_CLIENT_ID=… SP_API_KEY=… SP_APP_ID=… ./map_domain shop.example.org
//
// Exits with 0 if the domain is mapped, 75 if the same command may succeed later, 1 if somebody has to do something.
#include "serverpilot.hpp"

#include <cstdlib>
#include <iostream>

namespace sp = serverpilot;

static sp::Client connect() {
    sp::Config config(sp_config_new());
    sp::check(sp_config_set_credentials(config.get(), std::getenv("SP_CLIENT_ID"), std::getenv("SP_API_KEY")));
    sp::check(sp_config_set_app_id(config.get(), std::getenv("SP_APP_ID")));
    // For a test server.
    if (auto *url = std::getenv("SP_BASE_URL")) sp::check(sp_config_set_base_url(config.get(), url));
    if (auto *file = std::getenv("SP_CA_FILE")) sp::check(sp_config_set_ca_file(config.get(), file));
    return sp::Client(config);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        std::cerr << "usage: " << argv[0] << " DOMAIN\n";
        return 64;
    }
    try {
        sp::Result result = connect().call(sp_sync_domain, argv[1], uint32_t{SP_WWW_AUTO});
        std::cout << sp_result_message(result.get()) << '\n';
        return EXIT_SUCCESS;
    } catch (const sp::Error &error) {
        std::cerr << error.what() << '\n';
        return error.retryable ? 75 : EXIT_FAILURE;
    }
}
