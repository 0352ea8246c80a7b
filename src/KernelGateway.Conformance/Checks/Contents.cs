using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Checks;

/// <summary>The contents of requests.</summary>
internal static class Contents
{
    public static JObject Execute(string code) => new()
    {
        ["code"] = code,
        ["silent"] = false,
        ["store_history"] = true,
        ["user_expressions"] = new JObject(),
        ["allow_stdin"] = false,
        ["stop_on_error"] = false,
    };

    public static JObject At(string code, int cursor) => new() { ["code"] = code, ["cursor_pos"] = cursor };

    public static JObject Inspect(string code, int detail = 0)
    {
        var content = At(code, code.Length);
        content["detail_level"] = detail;
        return content;
    }

    public static JObject History(string access, params (string Name, JToken Value)[] more)
    {
        var content = new JObject { ["output"] = false, ["raw"] = true, ["hist_access_type"] = access };
        foreach (var (name, value) in more) content[name] = value;
        return content;
    }

    public static JObject With(this JObject content, string name, JToken value)
    {
        content[name] = value;
        return content;
    }
}
