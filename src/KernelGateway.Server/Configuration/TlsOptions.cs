namespace KernelGateway.Server.Configuration;

/// <summary>The files that make the server speak HTTPS.</summary>
internal sealed class TlsOptions
{
    /// <summary>
    /// Gets or sets the PEM file of the certificate, followed by those of its issuers. Default: none, and plain HTTP.
    /// </summary>
    public string? CertificateFile { get; set; }

    /// <summary>Gets or sets the PEM file of its private key, not encrypted. Default: the key is in the certificate's file.</summary>
    public string? KeyFile { get; set; }

    /// <summary>
    /// Gets or sets the PEM file of the authorities of which clients need a certificate. Default: clients need none.
    /// </summary>
    public string? ClientCaFile { get; set; }
}
