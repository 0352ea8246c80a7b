using System.CommandLine;
using KernelGateway.Server.Configuration;

namespace KernelGateway.Server.Serve.Options;

/// <summary>The options of the address and the transport.</summary>
internal sealed class ListenCommandOptions
{
    private readonly Option<string?> _host = new("--host")
    {
        Description = "Listen on this IP address; 'localhost' is both loopback addresses, '*' is all addresses. Default: localhost.",
        HelpName = "ADDRESS",
    };

    private readonly Option<string?> _port = new("--port", "-p")
    {
        Description = $"Listen on this port; 0 chooses a free one and prints it; 'none' listens on the Unix socket only. Default: {ServerOptions.DefaultPort}.",
        HelpName = "PORT",
    };

    private readonly Option<string?> _socket = new("--socket")
    {
        Description = "Listen on this Unix socket too, with plain HTTP. Default: none.",
        HelpName = "PATH",
    };

    private readonly Option<string?> _socketMode = new("--socket-mode")
    {
        Description = "The permissions of the Unix socket: who can write it can connect. Default: 600.",
        HelpName = "MODE",
    };

    private readonly Option<string?> _baseUrl = new("--base-url")
    {
        Description = "Serve everything below this path, as in '/kernels'. Default: /.",
        HelpName = "PATH",
    };

    private readonly Option<string?> _certificate = new("--certfile")
    {
        Description = "Use HTTPS with the certificate in this PEM file, followed by those of its issuers. A renewed certificate is used without a restart.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _key = new("--keyfile")
    {
        Description = "The PEM file of the certificate's private key. Default: the certificate's file.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _clientCa = new("--client-ca")
    {
        Description = "Accept only clients with a certificate of an authority in this PEM file, in addition to the token.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _kestrelSockets = new("--kestrel-sockets")
    {
        Description = "Use Kestrel's socket transport instead of the gateway's. The gateway's reads what a client had sent when its connection "
            + "broke, so Jupyter clients that reconnect get fewer messages twice, and lets connections beyond MaxConnections wait instead of "
            + "closing them. No message is lost with either.",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_host);
        command.Options.Add(_port);
        command.Options.Add(_socket);
        command.Options.Add(_socketMode);
        command.Options.Add(_baseUrl);
        command.Options.Add(_certificate);
        command.Options.Add(_key);
        command.Options.Add(_clientCa);
        command.Options.Add(_kestrelSockets);
    }

    public void Read(ParseResult parsed, Dictionary<string, string?> settings)
    {
        CommonOptions.Add(settings, "Host", parsed.GetValue(_host));
        CommonOptions.Add(settings, "Port", parsed.GetValue(_port));
        CommonOptions.Add(settings, "Socket", parsed.GetValue(_socket) is { } path ? CommonOptions.FullPath("--socket", path) : null);
        CommonOptions.Add(settings, "SocketMode", parsed.GetValue(_socketMode));
        CommonOptions.Add(settings, "BaseUrl", parsed.GetValue(_baseUrl));
        CommonOptions.Add(settings, "Tls:CertificateFile", parsed.GetValue(_certificate));
        CommonOptions.Add(settings, "Tls:KeyFile", parsed.GetValue(_key));
        CommonOptions.Add(settings, "Tls:ClientCaFile", parsed.GetValue(_clientCa));
        CommonOptions.AddFlag(settings, "UsesKestrelSockets", parsed.GetValue(_kestrelSockets));
    }
}
