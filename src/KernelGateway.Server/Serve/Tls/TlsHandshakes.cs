using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using KernelGateway.Server.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging.Abstractions;

namespace KernelGateway.Server.Serve.Tls;

/// <summary>
/// Uses the present content of the certificate files for each new connection, so a renewed certificate needs no restart.
/// </summary>
internal sealed partial class TlsHandshakes
{
    private readonly CertificateFiles _files;
    private readonly X509Certificate2Collection? _clientAuthorities;
    private readonly Lock _gate = new();
    private ILogger _logger = NullLogger.Instance;             // Until there are endpoints: then it is the application's.
    private (string Certificate, string? Key) _text;      // Guarded by _gate, as the one below.
    private SslStreamCertificateContext _certificate;

    /// <exception cref="SettingsException">The files cannot be used.</exception>
    public TlsHandshakes(CertificateFiles files)
    {
        _files = files;
        _text = files.ReadText();
        _certificate = files.Load(_text);
        _clientAuthorities = files.LoadClientAuthorities();
    }

    /// <summary>Configures an endpoint for HTTPS.</summary>
    public void Apply(ListenOptions endpoint)
    {
        _logger = endpoint.ApplicationServices.GetRequiredService<ILogger<TlsHandshakes>>();

        // HTTP/1.1 only, as without TLS. Browsers would open WebSockets inside HTTP/2 connections if HTTP/2 were offered.
        endpoint.Protocols = HttpProtocols.Http1;
        endpoint.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(CreateOptions()) });
    }

    private SslServerAuthenticationOptions CreateOptions()
    {
        var options = new SslServerAuthenticationOptions { ServerCertificateContext = GetCertificate() };
        if (_clientAuthorities is null) return options;

        options.ClientCertificateRequired = true;
        options.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        options.CertificateChainPolicy.CustomTrustStore.AddRange(_clientAuthorities);
        return options;
    }

    private SslStreamCertificateContext GetCertificate()
    {
        lock (_gate)
        {
            try
            {
                // Reads two small files at each handshake, which is far cheaper than the handshake. So an idle server needs no
                // timer or file watcher.
                var text = _files.ReadText();
                if (text == _text) return _certificate;
                _certificate = _files.Load(text);
                _text = text;
                LogRenewed(_certificate.TargetCertificate.NotAfter.ToUniversalTime());
            }
            catch (SettingsException exception)
            {
                // The file may be being written; the former certificate is still valid.
                LogNotRenewed(exception.Message);
            }

            return _certificate;
        }
    }

    [LoggerMessage(5211, LogLevel.Information, "The certificate has changed; new connections use the new one, valid until {NotAfter:u}.")]
    private partial void LogRenewed(DateTime notAfter);

    [LoggerMessage(5212, LogLevel.Warning, "The certificate has changed and cannot be used; new connections use the former one. {Problem}")]
    private partial void LogNotRenewed(string problem);
}
