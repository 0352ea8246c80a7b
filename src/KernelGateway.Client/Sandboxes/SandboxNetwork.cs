using KernelGateway.Client.Connect;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client;

/// <summary>Which addresses a sandbox reaches, and who reaches it.</summary>
public sealed class SandboxNetwork
{
    /// <summary>All addresses, for <see cref="DenyOut"/> and <see cref="AllowOut"/>.</summary>
    public const string AllTraffic = "0.0.0.0/0";

    /// <summary>Gets or sets addresses, blocks of addresses or domains that are reached although <see cref="DenyOut"/> has them. Default: none.</summary>
    public IReadOnlyList<string>? AllowOut { get; set; }

    /// <summary>Gets or sets addresses or blocks of addresses that are not reached. Default: none.</summary>
    public IReadOnlyList<string>? DenyOut { get; set; }

    /// <summary>Gets or sets headers that are added to requests to a domain, by domain. Not every service has it. Default: none.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>? RequestHeaders { get; set; }

    /// <summary>Gets or sets the proxy through which it reaches others. Not every service has it. Default: none.</summary>
    public SandboxEgressProxy? EgressProxy { get; set; }

    /// <summary>Gets or sets whether its ports are reached without a token. Default: true. It is chosen at creation.</summary>
    public bool? AllowPublicTraffic { get; set; }

    /// <summary>Gets or sets the host name that servers in it see, in which <c>${PORT}</c> is the port. It is chosen at creation.</summary>
    public string? MaskRequestHost { get; set; }

    internal JObject ToJson()
    {
        var body = new JObject();
        if (AllowOut is { } allow) body["allowOut"] = new JArray(allow);
        if (DenyOut is { } deny) body["denyOut"] = new JArray(deny);
        if (RequestHeaders is { } rules) body["rules"] = Rules(rules);
        if (EgressProxy is { } proxy) body["egressProxy"] = proxy.ToJson();
        if (AllowPublicTraffic is { } isPublic) body["allowPublicTraffic"] = isPublic;
        if (MaskRequestHost is { } mask) body["maskRequestHost"] = mask;
        return body;
    }

    internal static SandboxNetwork Read(JObject body) => new()
    {
        AllowOut = body.List("allowOut"),
        DenyOut = body.List("denyOut"),
        RequestHeaders = body["rules"] is JObject rules ? ReadRules(rules) : null,
        EgressProxy = body["egressProxy"] is JObject proxy ? new SandboxEgressProxy(proxy.Text("address") ?? "", proxy.Text("username")) : null,
        AllowPublicTraffic = body.Flag("allowPublicTraffic"),
        MaskRequestHost = body.Text("maskRequestHost"),
    };

    private static JObject Rules(IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> rules)
    {
        var body = new JObject();
        foreach (var (domain, headers) in rules)
            body[domain] = new JArray(new JObject { ["transform"] = new JObject { ["headers"] = JObject.FromObject(headers) } });
        return body;
    }

    private static Dictionary<string, IReadOnlyDictionary<string, string>> ReadRules(JObject rules)
    {
        var read = new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var rule in rules.Properties())
        {
            var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (var transform in rule.Value.SelectTokens("$[*].transform"))
                foreach (var (name, value) in transform.Texts("headers")) headers[name] = value;
            read[rule.Name] = headers;
        }

        return read;
    }
}

/// <summary>A proxy through which a sandbox reaches others.</summary>
/// <param name="Address">Its address.</param>
/// <param name="UserName">The name to sign in with; null for none.</param>
/// <param name="Password">The password; services do not return it.</param>
public sealed record SandboxEgressProxy(string Address, string? UserName = null, string? Password = null)
{
    internal JObject ToJson()
    {
        var body = new JObject { ["address"] = Address };
        if (UserName is not null) body["username"] = UserName;
        if (Password is not null) body["password"] = Password;
        return body;
    }

    /// <summary>Returns the proxy without its password.</summary>
    public override string ToString() => UserName is null ? Address : $"{UserName}@{Address}";
}
