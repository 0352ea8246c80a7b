using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using KernelGateway.Server.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging.Abstractions;

namespace KernelGateway.Server.Serve.Tls;

/// <summary>Gives each new connection the certificate that the files hold by then: a renewed one needs no restart.</summary>
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

    /// <summary>Makes an endpoint speak HTTPS.</summary>
    public void Apply(ListenOptions endpoint)
    {
        _logger = endpoint.ApplicationServices.GetRequiredService<ILogger<TlsHandshakes>>();

        // As without TLS. Browsers would open WebSockets inside of HTTP/2 connections if they were offered any.
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
                // Two small files at each handshake, which costs far more: a server at rest has no timer and no watch for it.
                var text = _files.ReadText();
                if (text == _text) return _certificate;
                _certificate = _files.Load(text);
                _text = text;
                LogRenewed(_certificate.TargetCertificate.NotAfter.ToUniversalTime());
            }
            catch (SettingsException exception)
            {
                // Perhaps it is being written at this moment; the one at hand is still good.
                LogNotRenewed(exception.Message);
            }

            return _certificate;
        }
    }

    [LoggerMessage(5211, LogLevel.Information, "The certificate has changed; connections get the new one, good until {NotAfter:u}.")]
    private partial void LogRenewed(DateTime notAfter);

    [LoggerMessage(5212, LogLevel.Warning, "The certificate has changed and cannot be used; connections get the former one. {Problem}")]
    private partial void LogNotRenewed(string problem);
}
