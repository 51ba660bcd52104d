"""Whether a certificate still holds, asked of its issuer (OCSP, RFC 6960): questions, answers, a responder."""
