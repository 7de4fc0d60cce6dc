import Model
import Testing

@testable import Probing

@Suite("authorities that sign Azure's endpoints")
struct PublicAuthoritiesTests {
    private func isPublic(_ name: String) -> Bool {
        let time = WallTime(nanoseconds: 0)
        let root = CertificateFacts(subject: name, issuer: name, notBefore: time, notAfter: time, fingerprint: "")
        return PublicAuthorities.issued(TLSFacts(isVerified: true, root: root))
    }

    @Test(
        "roots of Azure's clouds, as OpenSSL writes their names",
        arguments: [
            "CN=DigiCert Global Root G2,OU=www.digicert.com,O=DigiCert Inc,C=US",
            #"CN=DigiCert TLS ECC P384 Root G5,O=DigiCert\, Inc.,C=US"#,
            "CN=Microsoft RSA Root Certificate Authority 2017,O=Microsoft Corporation,C=US",
            "CN=Baltimore CyberTrust Root,OU=CyberTrust,O=Baltimore,C=IE",
            #"CN=Entrust Root Certification Authority - G2,OU=(c) 2009 Entrust\, Inc. - for authorized use only,O=Entrust\, Inc.,C=US"#,
            "CN=D-TRUST Root Class 3 CA 2 2009,O=D-Trust GmbH,C=DE",
            "CN=GlobalSign,O=GlobalSign,OU=GlobalSign Root CA - R3",
            "CN=USERTrust RSA Certification Authority,O=The USERTRUST Network,L=Jersey City,ST=New Jersey,C=US",
        ]
    )
    func known(name: String) { #expect(isPublic(name)) }

    @Test(
        "a root of somebody else is none, whatever else its name holds",
        arguments: [
            "CN=Contoso Microsoft AD Root CA,O=Contoso", "CN=Greentrust Inspection CA,O=Greentrust Web Filter",
            "CN=Microsoft Corporation", "CN=Proxy,OU=DigiCert Inc,O=Contoso", #"CN=x\,O=DigiCert Inc,O=Contoso"#,
            "CN=Corp,DC=microsoft,DC=contoso", "O=DigiCert Incorrect", "", "O", #"O=DigiCert Inc\"#, "CN=a,O=",
        ]
    )
    func others(name: String) { #expect(!isPublic(name)) }
}
