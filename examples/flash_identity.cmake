# Makes identities with handfast and writes flash_identity.h: DER files as constant arrays.
# cmake -DTOOL=handfast -DDIR=folder -P flash_identity.cmake
foreach(arguments
    "identity;ca;--name;Flash CA;--out;${DIR}"
    "identity;server;--ca;${DIR};--name;broker.example;--out;${DIR}"
    "identity;device;--ca;${DIR};--id;flash;--out;${DIR}")
  execute_process(COMMAND ${TOOL} ${arguments} --der --force
    OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endforeach()

set(text "/* Made by flash_identity.cmake. */\n#include <stdint.h>\n")
foreach(pair "FLASH_CA:ca.der" "FLASH_DEVICE:flash.der" "FLASH_KEY:flash.key.der")
  string(REPLACE ":" ";" pair "${pair}")
  list(GET pair 0 name)
  list(GET pair 1 file)
  file(READ ${DIR}/${file} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(APPEND text "static const uint8_t ${name}[] = {${bytes}};\n")
endforeach()
string(TIMESTAMP now "%s" UTC)
string(APPEND text "#define FLASH_TIME INT64_C(${now})\n")
file(WRITE ${DIR}/flash_identity.h "${text}")
