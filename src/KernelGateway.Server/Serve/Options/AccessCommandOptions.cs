using System.CommandLine;
using KernelGateway.Server.Configuration;

namespace KernelGateway.Server.Serve.Options;

/// <summary>The options of authentication, host names, origins and variables.</summary>
internal sealed class AccessCommandOptions
{
    private readonly Option<string?> _token = new("--token")
    {
        Description = "The token that requests must carry. Other users of the machine can read command lines; KERNELGATEWAY__HTTP__TOKEN is safer. "
            + "Default: a generated one, which is printed, unless there is a --token-file.",
        HelpName = "TOKEN",
    };

    private readonly Option<string?> _tokenFile = new("--token-file")
    {
        Description = "Accept the tokens in this file: 'NAME TOKEN' or 'NAME TOKEN EXPIRY' per line. It is read again when it changes. Other users "
            + "must not be able to read it.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _audit = new("--audit")
    {
        Description = "Log who submits code, creates and removes contexts, uses files, starts commands and terminals: token's name, "
            + "address, context or path, hash and length of code and commands.",
    };

    private readonly Option<string?> _auth = new("--auth")
    {
        Description = "How requests are authenticated; 'none' is accepted on loopback addresses only. Default: token.",
        HelpName = "token|none",
    };

    private readonly Option<string[]> _allowHost = new("--allow-host")
    {
        Description = "Accept this name in the Host header, in addition to localhost and IP addresses. '*.example.com' matches all names below it, '*' any name. Repeatable.",
        HelpName = "NAME",
    };

    private readonly Option<string?> _domain = new("--domain")
    {
        Description = "Forward requests for the host '{port}-{id}.DOMAIN', or with the headers E2b-Sandbox-Id and E2b-Sandbox-Port, to that port of this "
            + "machine. Default: forward none.",
        HelpName = "DOMAIN",
    };

    private readonly Option<string[]> _allowOrigin = new("--allow-origin")
    {
        Description = "Allow web pages of this origin to call the gateway, as in 'https://example.com' or 'https://*.example.com'. Repeatable.",
        HelpName = "ORIGIN",
    };

    private readonly Option<bool> _allowCredentials = new("--allow-credentials")
    {
        Description = "Allow pages of these origins to send cookies, for a proxy that requires them.",
    };

    private readonly Option<string[]> _allowEnvironment = new("--allow-env")
    {
        Description = "Allow clients of the Jupyter API to set this environment variable for kernels, in addition to KERNEL_*. 'NAME*' is a prefix. Repeatable.",
        HelpName = "NAME",
    };

    public void AddTo(Command command)
    {
        _auth.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "token", "none");
        command.Options.Add(_token);
        command.Options.Add(_tokenFile);
        command.Options.Add(_auth);
        command.Options.Add(_allowHost);
        command.Options.Add(_domain);
        command.Options.Add(_allowOrigin);
        command.Options.Add(_allowCredentials);
        command.Options.Add(_allowEnvironment);
        command.Options.Add(_audit);
    }

    public void Read(ParseResult parsed, Dictionary<string, string?> settings)
    {
        CommonOptions.Add(settings, "Http:Token", parsed.GetValue(_token));
        CommonOptions.Add(settings, "Http:TokenFile", parsed.GetValue(_tokenFile) is { } path ? CommonOptions.FullPath("--token-file", path) : null);
        CommonOptions.AddFlag(settings, "Http:Audit", parsed.GetValue(_audit));
        CommonOptions.Add(settings, "Http:Authentication", parsed.GetValue(_auth));
        CommonOptions.AddAll(settings, "Http:AllowedHosts", parsed.GetValue(_allowHost));
        CommonOptions.Add(settings, "Http:Domain", parsed.GetValue(_domain));
        CommonOptions.AddAll(settings, "Http:AllowedOrigins", parsed.GetValue(_allowOrigin));
        CommonOptions.AddFlag(settings, "Http:AllowCredentials", parsed.GetValue(_allowCredentials));
        CommonOptions.AddAll(settings, "Http:AllowedEnvironment", parsed.GetValue(_allowEnvironment));
    }
}
