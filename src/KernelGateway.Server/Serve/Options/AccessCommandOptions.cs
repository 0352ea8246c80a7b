using System.CommandLine;
using KernelGateway.Server.Configuration;

namespace KernelGateway.Server.Serve.Options;

/// <summary>Options that say who may use the server, and what callers may set.</summary>
internal sealed class AccessCommandOptions
{
    private readonly Option<string?> _token = new("--token")
    {
        Description = "The token that requests need. Other users of the machine may see command lines: KERNELGATEWAY__HTTP__TOKEN is safer. "
            + "Default: one is made and printed.",
        HelpName = "TOKEN",
    };

    private readonly Option<string?> _auth = new("--auth")
    {
        Description = "Whether requests need the token; 'none' is accepted on loopback addresses only. Default: token.",
        HelpName = "token|none",
    };

    private readonly Option<string[]> _allowHost = new("--allow-host")
    {
        Description = "Serve requests addressed to this name (Host header), besides localhost and IP addresses; '*.example.com' is all below it, '*' any. Repeatable.",
        HelpName = "NAME",
    };

    private readonly Option<string[]> _allowOrigin = new("--allow-origin")
    {
        Description = "Let web pages of this origin call the gateway, as in 'https://example.com' or 'https://*.example.com'. Repeatable.",
        HelpName = "ORIGIN",
    };

    private readonly Option<bool> _allowCredentials = new("--allow-credentials")
    {
        Description = "Let pages of these origins send cookies along, for a proxy that asks for them.",
    };

    private readonly Option<string[]> _allowEnvironment = new("--allow-env")
    {
        Description = "Let whoever starts a kernel over the Jupyter API set this environment variable, besides KERNEL_*; 'NAME*' matches the rest. Repeatable.",
        HelpName = "NAME",
    };

    public void AddTo(Command command)
    {
        _auth.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "token", "none");
        command.Options.Add(_token);
        command.Options.Add(_auth);
        command.Options.Add(_allowHost);
        command.Options.Add(_allowOrigin);
        command.Options.Add(_allowCredentials);
        command.Options.Add(_allowEnvironment);
    }

    public void Read(ParseResult parsed, Dictionary<string, string?> settings)
    {
        CommonOptions.Add(settings, "Http:Token", parsed.GetValue(_token));
        CommonOptions.Add(settings, "Http:Authentication", parsed.GetValue(_auth));
        CommonOptions.AddAll(settings, "Http:AllowedHosts", parsed.GetValue(_allowHost));
        CommonOptions.AddAll(settings, "Http:AllowedOrigins", parsed.GetValue(_allowOrigin));
        CommonOptions.AddFlag(settings, "Http:AllowCredentials", parsed.GetValue(_allowCredentials));
        CommonOptions.AddAll(settings, "Http:AllowedEnvironment", parsed.GetValue(_allowEnvironment));
    }
}
