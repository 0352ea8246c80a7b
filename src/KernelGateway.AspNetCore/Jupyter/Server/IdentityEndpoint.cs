using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Responses;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Jupyter.Server;

/// <summary><c>/api/me</c>: who the client is, and what it may do of what it asks about.</summary>
internal static class IdentityEndpoint
{
    // There is one user for whoever has the token.
    private const string Anybody = "user";

    // What the surface has routes for; nobody who is served may do less.
    private static readonly Dictionary<string, string[]> Possible = new(StringComparer.Ordinal)
    {
        ["api"] = ["read"],
        ["kernels"] = ["read", "write", "execute"],
        ["kernelspecs"] = ["read"],
        ["sessions"] = ["read", "write"],
    };

    public static async Task HandleAsync(HttpContext context)
    {
        var permissions = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (context.Request.Query["permissions"].ToString() is { Length: > 0 } text)
        {
            if (Parse(text) is not { } asked)
            {
                await JupyterError.BadRequestAsync(
                    context, """'permissions' has to be a JSON object of lists of strings, such as {"kernels": ["read", "execute"]}.""");
                return;
            }

            foreach (var (resource, actions) in asked) permissions[resource] = [.. actions.Intersect(Possible.GetValueOrDefault(resource, []))];
        }

        // Known by name where the application around the gateway authenticates its users.
        var name = context.User.Identity is { IsAuthenticated: true, Name: { Length: > 0 } known } ? known : Anybody;
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, new MeBody(IdentityBody.Of(name), permissions));
    }

    private static Dictionary<string, string[]>? Parse(string text)
    {
        try
        {
            using var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None, MaxDepth = 8 };
            if (JToken.ReadFrom(reader) is not JObject asked || reader.Read()) return null;
            if (asked.Properties().Any(one => one.Value is not JArray list || list.Any(item => item.Type != JTokenType.String))) return null;
            return asked.Properties().ToDictionary(one => one.Name, one => one.Value.Select(item => (string)item!).ToArray(), StringComparer.Ordinal);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
