using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using KernelGateway.Protocol.Files;
using KernelGateway.Server.Configuration;

namespace KernelGateway.Server.Serve.Tls;

/// <summary>Reads certificates and keys from PEM files (RFC 7468).</summary>
internal sealed class CertificateFiles
{
    // An authorities file with every public authority has some 250 KB.
    private const int MaxBytes = 16 * 1024 * 1024;

    private readonly string _certificateFile;
    private readonly string? _keyFile;
    private readonly string? _clientCaFile;

    private CertificateFiles(string certificateFile, TlsOptions options)
    {
        _certificateFile = Path.GetFullPath(certificateFile);
        _keyFile = options.KeyFile is null ? null : Path.GetFullPath(options.KeyFile);
        _clientCaFile = options.ClientCaFile is null ? null : Path.GetFullPath(options.ClientCaFile);
    }

    /// <summary>Returns the files; null when there is no certificate, for plain HTTP.</summary>
    /// <exception cref="SettingsException">There are other files and no certificate.</exception>
    public static CertificateFiles? Create(TlsOptions options)
    {
        if (options.CertificateFile is { Length: > 0 } certificateFile) return new CertificateFiles(certificateFile, options);
        if (options.KeyFile is not null) throw new SettingsException("Tls:KeyFile (--keyfile) is of no use without Tls:CertificateFile (--certfile).");
        if (options.ClientCaFile is not null) throw new SettingsException("Tls:ClientCaFile (--client-ca) is of no use without Tls:CertificateFile (--certfile).");
        return null;
    }

    /// <summary>
    /// Returns the content of the files, to determine whether they have changed. A renewed certificate is often a link to another
    /// file.
    /// </summary>
    /// <exception cref="SettingsException">A file cannot be read.</exception>
    public (string Certificate, string? Key) ReadText() => (ReadText(_certificateFile), _keyFile is null ? null : ReadText(_keyFile));

    /// <summary>Creates the certificate context of a handshake from the text.</summary>
    /// <exception cref="SettingsException">It contains no certificate, or no matching key.</exception>
    public SslStreamCertificateContext Load((string Certificate, string? Key) text)
    {
        try
        {
            var certificate = X509Certificate2.CreateFromPem(text.Certificate, text.Key ?? text.Certificate);
            if (OperatingSystem.IsWindows())
            {
                // Its TLS does not use keys that exist in memory only.
                using var fromPem = certificate;
                certificate = X509CertificateLoader.LoadPkcs12(fromPem.Export(X509ContentType.Pkcs12), null);
            }

            var issuers = new X509Certificate2Collection();
            issuers.ImportFromPem(text.Certificate);

            // Offline: nothing is fetched from addresses that a certificate names.
            return SslStreamCertificateContext.Create(certificate, [.. issuers.Skip(1)], offline: true);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new SettingsException(
                $"Tls: '{_certificateFile}' and '{_keyFile ?? _certificateFile}' are not a certificate and its private key, in PEM and not encrypted: {exception.Message}");
        }
    }

    /// <summary>Reads the authorities of the clients; null when clients need no certificate.</summary>
    /// <exception cref="SettingsException">The file cannot be read or contains none.</exception>
    public X509Certificate2Collection? LoadClientAuthorities()
    {
        if (_clientCaFile is null) return null;
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(ReadText(_clientCaFile));
        }
        catch (CryptographicException exception)
        {
            throw new SettingsException($"Tls:ClientCaFile: '{_clientCaFile}' cannot be read: {exception.Message}");
        }

        return authorities.Count > 0
            ? authorities
            : throw new SettingsException($"Tls:ClientCaFile: '{_clientCaFile}' contains no certificate in PEM.");
    }

    private static string ReadText(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(OutsideFile.Read(path, MaxBytes));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"Tls: '{path}' cannot be read: {exception.Message}");
        }
    }
}
