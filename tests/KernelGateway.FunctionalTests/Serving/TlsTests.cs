using System.Security.Cryptography.X509Certificates;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Serving;

public sealed class TlsTests
{
    private const int TestTimeout = 120_000;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tls-");
    private readonly CertificateAuthority _authority = new("An authority");

    [TearDown]
    public void RemoveDirectory()
    {
        _authority.Dispose();
        _directory.Delete(recursive: true);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Https_is_spoken_with_the_certificate_and_with_its_successor_without_a_restart(CancellationToken cancellationToken)
    {
        await WriteCertificateAsync(_authority, cancellationToken);
        await using var server = await StartAsync(cancellationToken);

        server.Url.Scheme.Should().Be("https");
        await server.Lines.WaitForAsync(line => line.Contains($"curl -N {server.Url.GetLeftPart(UriPartial.Authority)}/execute"), cancellationToken);
        using (var client = _authority.NewClient(server.Url))
        {
            (await client.GetStringAsync("/health", cancellationToken)).Should().Be("\"OK\"");
        }

        using var another = new CertificateAuthority("Another authority");
        await WriteCertificateAsync(another, cancellationToken);
        using var trusting = another.NewClient(server.Url);
        (await trusting.GetStringAsync("/health", cancellationToken)).Should().Be("\"OK\"");

        await File.WriteAllTextAsync(CertificateFile, "half a certif", cancellationToken);
        using var later = another.NewClient(server.Url);
        (await later.GetStringAsync("/health", cancellationToken)).Should().Be("\"OK\"", "the former certificate is still valid");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Clients_need_a_certificate_of_the_authority_that_is_named(CancellationToken cancellationToken)
    {
        await WriteCertificateAsync(_authority, cancellationToken);
        using var clients = new CertificateAuthority("An authority of clients");
        var clientCa = Path.Combine(_directory.FullName, "clients.pem");
        await File.WriteAllTextAsync(clientCa, clients.Pem, cancellationToken);
        await using var server = await StartAsync(cancellationToken, "--client-ca", clientCa);
        using var known = clients.Issue("A client");
        using var unknown = _authority.Issue("A stranger");

        using (var client = _authority.NewClient(server.Url, known))
        {
            (await client.GetStringAsync("/health", cancellationToken)).Should().Be("\"OK\"");
        }

        using var without = _authority.NewClient(server.Url);
        using var wrong = _authority.NewClient(server.Url, unknown);
        await FluentActions.Awaiting(() => without.GetStringAsync("/health", cancellationToken)).Should().ThrowAsync<HttpRequestException>();
        await FluentActions.Awaiting(() => wrong.GetStringAsync("/health", cancellationToken)).Should().ThrowAsync<HttpRequestException>();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_key_of_another_certificate_is_refused_at_the_start(CancellationToken cancellationToken)
    {
        await WriteCertificateAsync(_authority, cancellationToken);
        using var other = _authority.Issue("Another one");
        await File.WriteAllTextAsync(KeyFile, other.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(), cancellationToken);
        using var run = CommandRun.Start(
            _directory.FullName, new Dictionary<string, string>(), "serve", "--port", "0", "--certfile", CertificateFile, "--keyfile", KeyFile);

        var (exitCode, _, error) = await run.WaitAsync(cancellationToken);

        exitCode.Should().Be(2);
        error.Should().Contain("not a certificate and its private key").And.Contain(CertificateFile);
    }

    private string CertificateFile => Path.Combine(_directory.FullName, "cert.pem");

    private string KeyFile => Path.Combine(_directory.FullName, "key.pem");

    private Task<ServerProcess> StartAsync(CancellationToken cancellationToken, params string[] more) =>
        ServerProcess.StartAsync(
            cancellationToken, ["--warm", "none", "--auth", "none", "--certfile", CertificateFile, "--keyfile", KeyFile, .. more]);

    private async Task WriteCertificateAsync(CertificateAuthority authority, CancellationToken cancellationToken)
    {
        using var certificate = authority.Issue("The gateway");
        await File.WriteAllTextAsync(KeyFile, certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(), cancellationToken);
        await File.WriteAllTextAsync(CertificateFile, certificate.ExportCertificatePem(), cancellationToken);
    }
}
