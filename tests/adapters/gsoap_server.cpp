// A SOAP server that is not ours: gSOAP's, made of compiled.wsdl. Prints its port and ends after two minutes at most.
#include "soapH.h"
#include "Compiled.nsmap"
#include <arpa/inet.h>
#include <cstdio>
#include <unistd.h>

int __m__consultar(soap *soap, _m__consultar *asked, _m__consultarResponse &answer) {
    if (asked->placa.empty()) {
        return soap_sender_fault(soap, "La placa está vacía", "<m:detalle xmlns:m=\"urn:museum:compiled\">P-1</m:detalle>");
    }
    answer.vehiculo = soap_new_m__Vehiculo(soap);
    answer.vehiculo->placa = asked->placa;
    answer.vehiculo->valor = "10.50";
    answer.vehiculo->inscrito = nullptr;
    answer.vehiculo->multa = {7, -3};
    answer.vehiculo->estado = soap_new_std__string(soap);
    *answer.vehiculo->estado = "activo & en <regla>";
    return SOAP_OK;
}

int __m__archivar(soap *, _m__archivar *asked, _m__archivarResponse &answer) {
    answer.bytes = asked->foto.__size;
    answer.foto = asked->foto;
    answer.foto.id = nullptr;
    answer.foto.options = nullptr;
    return SOAP_OK;
}

// Answers with the numbers in reverse, and with the length of the name after them.
int m__sumar(soap *soap, Numeros *numbers, std::string name, m__sumarResponse &answer) {
    answer.numeros = soap_new_Numeros(soap);
    answer.numeros->__size = numbers->__size + 1;
    answer.numeros->__ptr = static_cast<int *>(soap_malloc(soap, sizeof(int) * (numbers->__size + 1)));
    for (int at = 0; at < numbers->__size; at++) {
        answer.numeros->__ptr[at] = numbers->__ptr[numbers->__size - 1 - at];
    }
    answer.numeros->__ptr[numbers->__size] = static_cast<int>(name.size());
    return SOAP_OK;
}

int main() {
    alarm(120);
    soap *soap = soap_new1(SOAP_C_UTFSTRING | SOAP_ENC_MTOM | SOAP_IO_KEEPALIVE);
    soap->recv_timeout = 1;
    if (!soap_valid_socket(soap_bind(soap, "127.0.0.1", 0, 10))) {
        return 1;
    }
    sockaddr_in bound{};
    socklen_t length = sizeof bound;
    getsockname(soap->master, reinterpret_cast<sockaddr *>(&bound), &length);
    std::printf("%d\n", ntohs(bound.sin_port));
    std::fflush(stdout);
    while (soap_valid_socket(soap_accept(soap))) {
        soap_serve(soap);
        soap_destroy(soap);
        soap_end(soap);
    }
}
