namespace KernelGateway.FunctionalTests.Support;

/// <summary>Writes values into Python code.</summary>
internal static class PythonText
{
    /// <summary>Gives a string as a literal; JSON strings are Python strings too.</summary>
    public static string Quoted(this string text) => Newtonsoft.Json.JsonConvert.SerializeObject(text);
}
