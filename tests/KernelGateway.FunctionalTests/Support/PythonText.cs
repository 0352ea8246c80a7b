namespace KernelGateway.FunctionalTests.Support;

/// <summary>Writes values into Python code.</summary>
internal static class PythonText
{
    /// <summary>Returns a string as a Python literal. JSON strings are valid Python strings.</summary>
    public static string Quoted(this string text) => Newtonsoft.Json.JsonConvert.SerializeObject(text);
}
